// What every page needs: copying a command, and stopping the refresh.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  announce("Copied.");
});

document.addEventListener("htmx:beforeRequest", (event) => {
  const refreshing = document.getElementById("refreshing");
  const loaded = !event.target.querySelector(".loading");
  if (event.target.matches("[data-refreshes]") && loaded && refreshing && !refreshing.checked) event.preventDefault();
});

document.addEventListener("htmx:sendError", () => announce("The console doesn't answer: is it still running?"));

function announce(text) {
  document.getElementById("announcements").textContent = text;
}
