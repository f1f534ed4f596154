"""Draw BPMN files to PNG pictures with bpmn-js in a headless Chromium.

    .venv/bin/python scripts/draw_bpmn.py processes/*/*.bpmn --out var/pictures

One picture per file, `<file name>.png`, as large as the diagram at `--scale` (1.5 by default). Reads bpmn-js from
`web/app/node_modules` (run `npm ci` in `web/app` first) and Chromium from `--chromium` or `/usr/bin/chromium`.
Exit code 1 when a file could not be drawn; what bpmn-js warns of is printed with the file's name.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "web" / "app" / "node_modules"
BPMN_JS = MODULES / "bpmn-js" / "dist"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
]
MARGIN = 30
SIGN = 30  # below the drawing, so that the sign of bpmn.io stands on nothing

PAGE = """<!doctype html><meta charset="utf-8">
<style>html,body{margin:0;background:#fff} #canvas{width:800px;height:600px}
.djs-container svg{font-family:"WenQuanYi Micro Hei","Noto Sans CJK SC",sans-serif}</style><div id="canvas"></div>"""

IMPORT = """async ({xml, moddle}) => {
  const viewer = window.viewer = new BpmnJS({
    container: '#canvas', moddleExtensions: {camunda: moddle},
    textRenderer: {defaultStyle: {fontFamily: '"WenQuanYi Micro Hei","Noto Sans CJK SC",sans-serif'}},
  });
  const {warnings} = await viewer.importXML(xml);
  const canvas = viewer.get('canvas');
  const box = canvas.getActiveLayer().getBBox();
  return {warnings: warnings.map(w => w.message), box: {x: box.x, y: box.y, width: box.width, height: box.height}};
}"""

FIT = """({box, margin, width, height}) => {
  const node = document.getElementById('canvas');
  node.style.width = width + 'px'; node.style.height = height + 'px';
  const canvas = viewer.get('canvas');
  canvas.resized();
  canvas.viewbox({x: box.x - margin, y: box.y - margin, width, height});
}"""


def draw(page: Page, file: Path, out: Path) -> list[str]:
    """Draw one file; give the warnings of the import. Raises playwright's Error when bpmn-js refuses the file."""
    page.set_content(PAGE)
    page.add_script_tag(path=BPMN_JS / "bpmn-navigated-viewer.development.js")
    for sheet in ("diagram-js.css", "bpmn-js.css"):
        page.add_style_tag(path=BPMN_JS / "assets" / sheet)
    moddle = json.loads((MODULES / "camunda-bpmn-moddle" / "resources" / "camunda.json").read_text("utf-8"))
    result: dict[str, Any] = page.evaluate(IMPORT, {"xml": file.read_text("utf-8"), "moddle": moddle})
    box = result["box"]
    width, height = int(box["width"]) + 2 * MARGIN, int(box["height"]) + 2 * MARGIN + SIGN
    page.set_viewport_size({"width": max(width, 200), "height": max(height, 120)})
    page.evaluate(FIT, {"box": box, "margin": MARGIN, "width": width, "height": height})
    page.locator("#canvas").screenshot(path=out)
    return list(result["warnings"])


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help=".bpmn files")
    parser.add_argument("--out", type=Path, default=Path("var/pictures"), help="folder of the pictures")
    parser.add_argument("--scale", type=float, default=1.5, help="pixels per diagram unit (default 1.5)")
    parser.add_argument("--chromium", default="/usr/bin/chromium", help="path of the browser")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    failed = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.chromium, args=FLAGS)
        context = browser.new_context(device_scale_factor=options.scale)
        for file in options.files:
            page = context.new_page()
            target = options.out / f"{file.stem}.png"
            try:
                warnings = draw(page, file, target)
            except Exception as problem:  # one bad file must not stop the others
                failed += 1
                print(f"{file}: not drawn: {str(problem).splitlines()[0]}", file=sys.stderr)
            else:
                print(f"{file} -> {target}")
                for warning in warnings:
                    print(f"  warning: {warning}", file=sys.stderr)
            page.close()
        browser.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
