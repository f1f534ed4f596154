"""Causes for which a clock may stand still. Which of them stop which limit, and by which law, the limit's rule says."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

CAUSES: Mapping[str, str] = MappingProxyType(
    {
        "hearing": "听证",
        "bidding": "招标",
        "auction": "拍卖",
        "inspection": "检验",
        "testing": "检测",
        "quarantine": "检疫",
        "appraisal": "鉴定",
        "expert_review": "专家评审",
    }
)
# What offices ask for as well, and no law lets stop a clock that runs; each with what to do instead.
NO_CAUSES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "supplement": ("补正材料", "材料补齐以前还没有受理，期限从受理起算；受理以后要求补充材料不停止计时"),
        "announcement": ("公告", "公告的时间计入期限"),
        "instruction": ("请示上级", "等待批复的时间计入期限，必要时申请延期"),
        "absent": ("联系不上当事人", "可以记入办理记录，必要时申请延期"),
        "busy": ("人手不足、情况复杂", "可以申请延期，或者转办、请人协办"),
    }
)
