"""Reading XML that comes from anywhere: bounded, without DOCTYPE, without entities, without network.

Every encoding that XML allows (and libxml2 knows) is accepted: UTF-8, UTF-16, GB18030, Latin-1 ...
"""

from __future__ import annotations

from lxml import etree

from storage.errors import BadDiagram

MAX_BYTES = 5 * 1024 * 1024
MAX_DEPTH = 100  # levels of elements
MAX_ELEMENTS = 200_000
MAX_ATTRIBUTES = 200  # of one element


class _Refused(Exception):
    def __init__(self, code: str, reason: str) -> None:
        super().__init__(code)
        self.code = code
        self.reason = reason


class _Guard:
    """Looks at a document as it streams by and stops at the first thing that is not allowed."""

    def __init__(self, max_depth: int) -> None:
        self.max_depth = max_depth
        self.depth = 0
        self.elements = 0

    def doctype(self, *_: object) -> None:
        raise _Refused("doctype", "含有 DOCTYPE 声明，不允许。请删去 <!DOCTYPE …> 一行")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        self.elements += 1
        if self.depth > self.max_depth:
            raise _Refused("too_deep", f"元素嵌套超过 {self.max_depth} 层")
        if self.elements > MAX_ELEMENTS:
            raise _Refused("too_big", f"元素超过 {MAX_ELEMENTS} 个")
        if len(attributes) > MAX_ATTRIBUTES:
            raise _Refused("too_big", f"一个元素的属性超过 {MAX_ATTRIBUTES} 个")

    def end(self, tag: str) -> None:
        self.depth -= 1

    def data(self, text: str) -> None:
        pass

    def comment(self, text: str) -> None:
        pass

    def pi(self, target: str, text: str | None = None) -> None:
        pass

    def close(self) -> None:
        pass


def _parser(target: object = None) -> etree.XMLParser:
    return etree.XMLParser(
        target=target,  # type: ignore[arg-type]
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )


def parse_xml(data: bytes, name: str, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> etree._Element:
    """The root element of `data`; `name` is the file's name for messages.

    Raises `BadDiagram`: `xml.not_xml`, `xml.encoding`, `xml.doctype`, `xml.too_big`, `xml.too_deep`.
    """
    if not isinstance(data, bytes):
        raise TypeError("XML is read from bytes, which say their encoding themselves")
    if len(data) > max_bytes:
        raise _bad("too_big", name, f"文件有 {len(data)} 字节，最多 {max_bytes} 字节")
    if not data.strip():
        raise _bad("not_xml", name, "文件是空的")
    try:
        etree.fromstring(data, _parser(_Guard(max_depth)))
        root = etree.fromstring(data, _parser())
    except _Refused as refused:
        raise _bad(refused.code, name, refused.reason) from refused
    except etree.XMLSyntaxError as error:
        if "DOCTYPE" in str(error) or "DTD" in str(error) or "entity" in str(error).lower():
            raise _bad("doctype", name, "含有 DOCTYPE 声明或未定义的实体，不允许") from error
        if "encoding" in str(error).lower() or "proper UTF-8" in str(error):
            raise _bad("encoding", name, "文字编码与声明的不符，请用 UTF-8 保存") from error
        raise _bad("not_xml", name, f"不是合格的 XML（第 {error.lineno} 行）") from error
    except (ValueError, LookupError, AssertionError) as error:  # lxml's own refusals, e.g. of control characters
        raise _bad("not_xml", name, "不是合格的 XML") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise _bad("doctype", name, "含有 DOCTYPE 声明，不允许")
    return root


def _bad(code: str, name: str, reason: str) -> BadDiagram:
    message = f"文件 {name}：{reason}。"
    finding = {
        "element_id": "",
        "rule": f"xml.{code}",
        "severity": "error",
        "message_zh": message,
        "message_en": f"{name} cannot be read as XML ({code}).",
        "file": name,
    }
    return BadDiagram(f"xml.{code}", message, details=[finding])
