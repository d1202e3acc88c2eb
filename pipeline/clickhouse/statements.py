"""SQL files as statements: cut at semicolons, with the few words of the layout filled in."""

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
      (?P<comment> --[^\n]* | /\*.*?\*/ )
    | (?P<quoted> '(?:[^'\\]|\\.|'')*' | "(?:[^"\\]|\\.)*" | `(?:[^`\\]|\\.)*` )
    | (?P<end> ; )
    | (?P<other> [^-/'"`;]+ | . )
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Layout:
    """Where the tables live: a database, and the cluster they are replicated over (empty: one server)."""

    database: str
    cluster: str = ""

    def fill(self, sql: str) -> str:
        """Replace the layout's words in braces; other braces are left alone."""
        words = {
            "{database}": f"`{self.database}`",
            "{on_cluster}": f"ON CLUSTER `{self.cluster}`" if self.cluster else "",
            "{replicated}": "Replicated" if self.cluster else "",
            "{dedup_window}": f"{'' if self.cluster else 'non_'}replicated_deduplication_window = 10000",
        }
        for word, value in words.items():
            sql = sql.replace(word, value)
        return sql


def split_statements(sql: str) -> list[str]:
    """Cut at the semicolons that end statements, not at those in strings, names or comments; comments are dropped."""
    statements: list[str] = []
    current: list[str] = []
    for match in _TOKEN.finditer(sql):
        if match.lastgroup == "end":
            statements.append("".join(current).strip())
            current = []
        else:
            current.append(" " if match.lastgroup == "comment" else match.group())
    statements.append("".join(current).strip())
    return [statement for statement in statements if statement]
