# door.sh - a door without TLS into a world, for the tools of tests that speak neither TLS 1.3 nor to a unix socket.
# Sourced after world.sh.

# plain_door DIR PORT: an nginx of its own at 127.0.0.1:PORT that passes all on to bijli-control, the address that a
# client says it has too.  In the background; $door_pid is its number, to be ended by who asked for it.
plain_door() {
    local user=
    ! is_root || user='user www-data;'
    mkdir -p "$1"
    cat >"$1/nginx.conf" <<CONF
$user
worker_processes 1;
daemon off;
pid $1/pid;
error_log stderr warn;
events { worker_connections 1024; }
http {
    access_log off;
    client_body_temp_path $1/b; proxy_temp_path $1/p;
    fastcgi_temp_path $1/f; uwsgi_temp_path $1/u; scgi_temp_path $1/s;
    upstream control { server unix:$CONTROL_SOCKET max_fails=0; keepalive 32; }
    server {
        listen 127.0.0.1:$2;
        keepalive_requests 1000000;
        proxy_http_version 1.1;
        proxy_set_header Host \$http_host;
        proxy_set_header Connection "";
        location / { proxy_pass http://control; }
    }
}
CONF
    nginx -e stderr -p "$1" -c "$1/nginx.conf" &
    door_pid=$!
    until [ -s "$1/pid" ]; do sleep 0.1; done
}
