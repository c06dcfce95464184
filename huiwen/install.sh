#!/usr/bin/env bash
# 离线安装会问，全程不需要网络。
# 用法：bash install.sh [安装到的目录，默认 /opt/huiwen]；可重复运行，用于升级。
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
target=${1:-/opt/huiwen}
needed=@PYTHON@
PYTHON=${PYTHON:-python$needed}

say() { printf '[会问] %s\n' "$*" >&2; }
fail() {
    printf '[会问] 无法继续：%s\n' "$*" >&2
    exit 1
}

[ "$(uname -m)" = "@MACHINE@" ] ||
    fail "这个安装包是为 @MACHINE@ 做的，本机是 $(uname -m)；请在同样架构的机器上重新制作。"
command -v "$PYTHON" >/dev/null ||
    fail "没有找到 $PYTHON；安装包里的软件包是为 Python $needed 做的，请安装它，或用环境变量 PYTHON 指明其路径。"
[ "$("$PYTHON" -c 'import sys; print("%d.%d" % sys.version_info[:2])')" = "$needed" ] ||
    fail "$PYTHON 不是 Python $needed；请用环境变量 PYTHON 指明 Python $needed 的路径。"

say "核对 SHA-256"
(cd "$here" && sha256sum --check --quiet --strict SHA256SUMS) ||
    fail "安装包不完整或被改动过（见上）；请重新复制。"

mkdir -p "$target"
target=$(cd "$target" && pwd)
if [ ! -x "$target/venv/bin/python" ]; then
    say "建立虚拟环境 $target/venv"
    "$PYTHON" -m venv "$target/venv" ||
        fail "无法建立虚拟环境；Debian 与 Ubuntu 上请先安装 python3-venv。"
fi
say "安装软件包（只用安装包里的）"
# Neither settings of this machine nor any index: what is here is all there is.
PIP_CONFIG_FILE=/dev/null "$target/venv/bin/python" -m pip install --quiet \
    --disable-pip-version-check --no-index --find-links "$here/wheels" \
    --no-deps -r "$here/requirements.txt" || fail "安装失败，原因见上面 pip 的输出。"
PIP_CONFIG_FILE=/dev/null "$target/venv/bin/python" -m pip install --quiet \
    --disable-pip-version-check --no-index --no-deps --force-reinstall "$here"/wheels/huiwen-*.whl ||
    fail "安装失败，原因见上面 pip 的输出。"

say "复制模型与说明"
mkdir -p "$target/models" "$target/data"
cp -a "$here/models/." "$target/models/"
for name in README.md LICENSE docs samples deploy; do
    [ ! -e "$here/$name" ] || cp -a "$here/$name" "$target/"
done
if [ ! -e "$target/huiwen.toml" ]; then
    cat >"$target/huiwen.toml" <<TOML
store = "$target/data/store"
models_dir = "$target/models"
model_source = "none"
llm_backend = "@LLM_BACKEND@"
TOML
fi
cat >"$target/huiwen" <<RUN
#!/bin/sh
export HUIWEN_CONFIG="\${HUIWEN_CONFIG:-$target/huiwen.toml}" HF_HUB_OFFLINE=1
exec "$target/venv/bin/huiwen" "\$@"
RUN
chmod 755 "$target/huiwen"
say "完成。配置在 $target/huiwen.toml；启动：$target/huiwen serve；检查：$target/huiwen doctor"
