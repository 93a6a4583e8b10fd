"""SAM's own transform of a template, as CloudFormation runs it. The Python of `.tools/sam`, which has it, runs this.

Reads a list of calls as JSON, each with the template's `parameters` and the address of the `layer`; prints the
resources of each.
"""

import json
import sys
from copy import deepcopy
from pathlib import Path

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

written = yaml_parse(Path(sys.argv[1]).read_text())
written["Globals"]["Function"]["CodeUri"] = "s3://bucket/code.zip"  # as `sam package` does
translator = Translator({}, Parser(), boto_session=boto3.Session(region_name="eu-west-1"))
made = []
for call in json.loads(sys.argv[2]):
    template = deepcopy(written)
    template["Resources"]["ConnectorLayer"]["Properties"]["ContentUri"] = call["layer"]
    made.append(translator.translate(template, call["parameters"])["Resources"])
sys.stdout.write(json.dumps(made))
