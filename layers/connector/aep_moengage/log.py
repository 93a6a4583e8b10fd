"""The functions' one logger: JSON lines with the service, the request's id and the level that the stack sets."""

import logging
import os
from functools import cache

from aws_lambda_powertools import Logger


@cache
def logger() -> Logger:
    """Returns the logger of this function; made on first use.

    Its level is POWERTOOLS_LOG_LEVEL. Powertools itself would prefer Lambda's log level, which has to be INFO: Lambda
    drops lines that have no level, such as the metrics, at any higher one (`LoggingConfig` in template.yaml).
    """
    made = Logger()
    if level := os.environ.get("POWERTOOLS_LOG_LEVEL"):
        logging.getLogger(made.name).setLevel(level.upper())
    return made
