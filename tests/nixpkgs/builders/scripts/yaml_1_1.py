"""JSON on standard input, YAML 1.1 on standard output."""

import json
import sys

import yaml

yaml.safe_dump(json.load(sys.stdin), sys.stdout, allow_unicode=True, default_flow_style=False)
