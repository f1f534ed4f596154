# 办结 · Banjie.  `make run` starts it, `make test` checks all of it, `make help` lists the rest.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
# Dozens of processes are started: each would compile all it reads anew where this is set.
unexport PYTHONDONTWRITEBYTECODE
.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: run test lint format audit sbom fuzz openapi bench chaos crash differential migration lock clean help

PORT ?= 8000
MINUTES ?= 10
PROFILE ?=
PYTHON := .venv/bin/python
STEP := scripts/step
NPM := npm --prefix web/app
ROOMS := engine handlers office storage web tests
APP_SOURCES := $(shell find web/app -type f -not -path '*/node_modules/*' -not -name '.*.sw?' 2>/dev/null)

# Each artefact carries its own stamp, so a second run has nothing to do, and one that was deleted is made again.
RUN_ENV := .venv/.run-installed
DEV_ENV := .venv/.dev-installed
NODE_MODULES := web/app/node_modules/.installed
APP := web/static/app/.built

run: $(RUN_ENV) $(APP) ## 启动办结，带示例乡镇（PORT=8000，PROFILE=cppcc 等示例单位，BANJIE_DATABASE_URL=数据库地址）
	exec $(PYTHON) -m web.cli demo --port $(PORT) --profile '$(PROFILE)'

test: lint $(APP) ## 全部检查与测试（含浏览器与 PostgreSQL）
	scripts/system browser
	scripts/system office
	scripts/system directory
	scripts/system pooler
	$(PYTHON) -m pytest -q -n 3 --dist loadfile --no-loadscope-reorder --durations 30

lint: $(DEV_ENV) $(NODE_MODULES) ## 代码风格、类型、房间之间的依赖
	$(STEP) "ruff check" $(PYTHON) -m ruff check .
	$(STEP) "ruff format" $(PYTHON) -m ruff format --check .
	$(STEP) "mypy" $(PYTHON) -m mypy $(ROOMS)
	$(STEP) "import-linter" .venv/bin/lint-imports --no-cache
	$(STEP) "npm run check" $(NPM) run check --if-present

format: $(DEV_ENV) ## 按统一风格整理 Python 代码
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

audit: $(DEV_ENV) $(NODE_MODULES) ## 依赖有没有已知漏洞（要能连上漏洞公告服务；连不上也算没有通过）
	scripts/audit

sbom: $(DEV_ENV) $(NODE_MODULES) ## 软件物料清单（CycloneDX），写入 var/sbom
	$(PYTHON) scripts/sbom.py

fuzz: $(DEV_ENV) ## 用改坏的流程图、决策表、表单、答案反复试（MINUTES=10）
	$(PYTHON) -m tests.fuzz --minutes $(MINUTES)

openapi: $(DEV_ENV) ## 按 OpenAPI 文档随机调用全部接口（EXAMPLES=100，每个接口的次数）
	BANJIE_EXAMPLES=$(or $(EXAMPLES),100) $(PYTHON) -m pytest -q --timeout 0 tests/web/test_openapi.py

bench: $(DEV_ENV) ## 性能测量
	$(PYTHON) -m tests.bench
	$(PYTHON) -m tests.bench.workers

differential: $(DEV_ENV) ## 随机流程图：边存边读与全在内存，逐步比较（CASES=20000，SEED=起始编号）
	$(PYTHON) -m tests.engine.differential --cases $(or $(CASES),20000) --seed $(or $(SEED),1000000)

chaos: $(DEV_ENV) ## 混沌测试：两种数据库各杀进程一千次（SEED=重现，KILLS=次数）
	$(PYTHON) -m tests.chaos --kills $(or $(KILLS),1000) $(if $(SEED),--seed $(SEED))

crash: $(DEV_ENV) ## 十个情景经 HTTP 办理，每一步都杀掉服务进程，两种数据库
	BANJIE_CRASH=all $(PYTHON) -m pytest -q -n 2 tests/web/test_crash_scenarios.py

migration: $(DEV_ENV) ## 按表的定义写出下一个数据库结构版本（M="改了什么"）
	$(PYTHON) -m storage.migrations "$(M)"

lock: $(DEV_ENV) ## 按 pyproject.toml 重新锁定 Python 依赖
	$(STEP) "锁定 Python 依赖" scripts/lock

clean: ## 删除环境与构建产物（var/ 中的数据库保留）
	rm -rf .venv web/app/node_modules web/static/app build dist *.egg-info var/screens
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## 列出这些命令
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile

$(RUN_ENV): requirements.lock pyproject.toml
	scripts/python-env requirements.lock
	touch $@

$(DEV_ENV): requirements-dev.lock pyproject.toml
	scripts/python-env requirements-dev.lock
	touch $@

$(NODE_MODULES): web/app/package.json web/app/package-lock.json web/app/.npmrc
	scripts/system node
	$(STEP) "安装前端依赖" $(NPM) ci
	touch $@

$(APP): $(NODE_MODULES) $(APP_SOURCES)
	$(STEP) "构建前端" $(NPM) run build
	touch $@
