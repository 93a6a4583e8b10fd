"""An Adobe Experience Platform destination for MoEngage: the work that both doors share."""
