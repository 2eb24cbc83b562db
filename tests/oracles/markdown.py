"""Reads Markdown from standard input as markdown-it does: CommonMark with tables, raw HTML allowed.

Prints in JSON what is in fences, what is HTML, where links and images lead, and all other text.
"""

import json
import sys

from markdown_it import MarkdownIt

read = {"fences": [], "html": [], "links": [], "text": []}


def walk(tokens):
    for token in tokens:
        match token.type:
            case "fence" | "code_block" | "code_inline":
                read["fences"].append(token.content)
            case "html_block" | "html_inline":
                read["html"].append(token.content)
            case "link_open" | "image":
                read["links"].append(str(token.attrGet("href") or token.attrGet("src")))
            case "text":
                read["text"].append(token.content)
        walk(token.children or [])


walk(MarkdownIt("commonmark", {"html": True}).enable("table").parse(sys.stdin.read()))
print(json.dumps(read))
