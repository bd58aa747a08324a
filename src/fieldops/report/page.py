"""Pages for people: plain HTML in one file, without scripts, without anything from elsewhere, all text escaped."""

from __future__ import annotations

import math
from collections.abc import Iterable
from html import escape
from typing import Any, Final

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
"""What a browser may load for a page: nothing but the style written in it."""
STYLE: Final = """
body{font:14px/1.45 system-ui,-apple-system,"Segoe UI","Noto Sans","Noto Sans CJK SC","Microsoft YaHei",sans-serif;
color:#1d2733;margin:24px auto;max-width:1280px;padding:0 16px}
h1{font-size:22px;margin:0 0 16px}h2{font-size:17px;margin:28px 0 8px}h2 small{color:#66727f;font-weight:400}
table{border-collapse:collapse;width:100%}table.contents{width:auto;margin-top:20px}
th,td{padding:4px 8px;text-align:left;vertical-align:top;border-bottom:1px solid #dde3e9}
th{background:#eef2f6;font-weight:600}.n{text-align:right;white-space:nowrap;
font-variant-numeric:tabular-nums}
.figures{display:flex;flex-wrap:wrap;gap:12px}.figures div{background:#f4f6f8;border-radius:6px;padding:8px 14px}
.figures b{display:block;font-size:20px}.figures span{color:#66727f}
td.what{min-width:22em}td.vital{color:#a01818;font-weight:600}td.desirable{color:#66727f}
a{color:#1a5fa8;text-decoration:none}p{max-width:80em}svg{max-width:100%;height:auto}pre{font:inherit;white-space:pre-wrap}
@media print{body{margin:0;font-size:11px}tr{break-inside:avoid}}
"""


def page(title: str, body: str) -> str:
    """Wrap a body, which is markup already, into a page with an escaped title.

    >>> "<script>" in page("<script>", "<p>fine</p>")
    False
    """
    return (
        '<!doctype html>\n<html lang="zh-CN"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1>\n{body}\n</body></html>\n"
    )


def cell(value: Any, form: str = "{:,g}") -> str:
    """Write one cell of a table: numbers to the right, text escaped, nothing where there is nothing.

    >>> cell(1234.5), cell("<b>"), cell(None)
    ('<td class=n>1,234.5</td>', '<td>&lt;b&gt;</td>', '<td></td>')
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "<td></td>"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"<td class=n>{form.format(value)}</td>"
    return f"<td>{escape(str(value))}</td>"


def figures(pairs: Iterable[tuple[str, str]]) -> str:
    """Write a row of figures, each with its name below."""
    found = "".join(f"<div><b>{escape(value)}</b><span>{escape(name)}</span></div>" for name, value in pairs)
    return f"<div class=figures>{found}</div>"
