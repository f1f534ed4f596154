"""Files that come from anywhere: every encoding of XML is read, nothing that reaches out or grows is."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.xml import MAX_BYTES, MAX_DEPTH, parse_xml
from storage.errors import BadDiagram


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "gbk", "gb18030", "big5", "utf-32"])
def test_every_encoding_is_read(encoding):
    declared = {"utf-8-sig": "UTF-8"}.get(encoding, encoding.upper())
    text = f'<?xml version="1.0" encoding="{declared}"?><a b="文"><!-- c -->文</a>'
    root = parse_xml(text.encode(encoding), "a.bpmn")
    assert (root.tag, root.text, root.get("b")) == ("a", "文", "文")


def test_latin_1_and_predefined_entities():
    root = parse_xml('<?xml version="1.0" encoding="ISO-8859-1"?><a>é &amp; &lt;&#x4e00;</a>'.encode("latin-1"), "a")
    assert root.text == "é & <一"


ENTITY = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
LAUGHS = (
    b"<!DOCTYPE a [<!ENTITY l0 'ha'>"
    + b"".join(b"<!ENTITY l%d '%s'>" % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 12))
    + b"]><a b='&l11;'>&l11;</a>"
)
REFUSED = {
    "doctype": (b"<!DOCTYPE a><a/>", "xml.doctype"),
    "external dtd": (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>', "xml.doctype"),
    "external entity": (ENTITY, "xml.doctype"),
    "billion laughs": (LAUGHS, "xml.doctype"),
    "doctype in utf-16": ("<!DOCTYPE a><a/>".encode("utf-16"), "xml.doctype"),
    "undefined entity": (b"<a>&nbsp;</a>", "xml.doctype"),
    "too deep": (b"<a>" * (MAX_DEPTH + 1) + b"</a>" * (MAX_DEPTH + 1), "xml.too_deep"),
    "never closed": (b"<a>" * 200_000, "xml.too_deep"),
    "too big": (b"<a>" + b" " * MAX_BYTES + b"</a>", "xml.too_big"),
    "too many elements": (b"<a>" + b"<b/>" * 200_000 + b"</a>", "xml.too_big"),
    "too many attributes": (b"<a " + b" ".join(b'a%d="1"' % n for n in range(300)) + b"/>", "xml.too_big"),
    "empty": (b"", "xml.not_xml"),
    "blank": (b" \n", "xml.not_xml"),
    "text": ("办结".encode(), "xml.not_xml"),
    "json": (b"{}", "xml.not_xml"),
    "not closed": (b"<a><b></a>", "xml.not_xml"),
    "two roots": (b"<a/><b/>", "xml.not_xml"),
    "unbound prefix": (b"<x:a/>", "xml.not_xml"),
    "wrong encoding": ('<?xml version="1.0" encoding="UTF-8"?><a>办</a>'.encode("gbk"), "xml.encoding"),
    "unknown encoding": (b'<?xml version="1.0" encoding="klingon"?><a/>', "xml.encoding"),
}


@pytest.mark.parametrize(("data", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_refused_naming_the_file(data, code):
    started = time.perf_counter()
    with pytest.raises(BadDiagram) as error:
        parse_xml(data, "petition_main.bpmn")
    assert error.value.code == code
    assert "petition_main.bpmn" in error.value.message
    assert error.value.details[0]["rule"] == code
    assert time.perf_counter() - started < 3


def test_limits_are_allowed_up_to_their_edge():
    assert parse_xml(b"<a>" * MAX_DEPTH + b"</a>" * MAX_DEPTH, "a").tag == "a"


def test_xinclude_is_only_an_element():
    data = b'<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="/etc/passwd" parse="text"/></a>'
    assert parse_xml(data, "a")[0].text is None


SEED = (
    '<?xml version="1.0" encoding="UTF-8"?><!-- c --><a xmlns:x="u" b="1"><x:b>文&amp;</x:b><![CDATA[<]]></a>'.encode()
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(SEED)), st.integers(0, 12), st.binary(max_size=6)), max_size=4))
def test_mutations_are_read_or_refused(edits):
    data = SEED
    for at, cut, put in edits:
        data = data[:at] + put + data[at + cut :]
    try:
        parse_xml(data, "a")
    except BadDiagram as error:
        assert error.code.startswith("xml.")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_junk_is_refused(data):
    try:
        parse_xml(data, "a")
    except BadDiagram as error:
        assert error.code.startswith("xml.")
