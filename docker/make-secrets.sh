#!/bin/sh
# Makes the secrets that compose.yaml names, once; what is there stays as it is.
set -eu
cd "$(dirname "$0")"
umask 077
mkdir -p secrets

random_hex() {
	od -An -N32 -tx1 /dev/urandom | tr -d ' \n'
}

# The folder keeps others out; the files themselves must be readable by the user of the
# container, whom this machine does not know.
put() {
	printf '%s\n' "$2" >"secrets/$1.new"
	chmod 0444 "secrets/$1.new"
	mv "secrets/$1.new" "secrets/$1"
}

[ -s secrets/camp_secret ] || put camp_secret "$(random_hex)"
if [ ! -s secrets/postgres_password ] || [ ! -s secrets/database_url ]; then
	password=$(random_hex)
	put postgres_password "$password"
	put database_url "postgresql://camp:$password@database/camp"
fi
echo "secrets are in $(pwd)/secrets"
