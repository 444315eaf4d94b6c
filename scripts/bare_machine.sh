#!/usr/bin/env bash
# Run the README's two commands on a bare Debian: python3, python3-venv, make and git, and nothing else.
#
#   scripts/bare_machine.sh [RELEASE]      bookworm (Python 3.11.2) or trixie (3.13); MIRROR names another mirror
#
# First a plain user and then root clone the last commit and run each command twice. PEOPLE=user leaves root out, and
# TEST_RUNS=1 runs the tests once. With four runs of the tests it takes half an hour on two quiet cores. It needs root,
# mmdebstrap and mount namespaces.
set -euo pipefail
cd "$(dirname "$0")/.."

release=${1:-bookworm}
people=${PEOPLE:-user root}  # in this order: what root installs, the user would find
test_runs=${TEST_RUNS:-2}
((EUID == 0)) || { echo "A chroot takes root: sudo $0 $*" >&2; exit 1; }
command -v mmdebstrap >/dev/null || { echo "mmdebstrap is missing: apt-get install mmdebstrap" >&2; exit 1; }

work=$(mktemp --directory --tmpdir bare-machine.XXXXXX)
trap 'rm --recursive --force --one-file-system "$work"' EXIT
chmod 755 "$work"
root=$work/root
declare -a results

make_machine() {
    mmdebstrap --quiet --variant=minbase --include=python3,python3-venv,make,git "$release" "$root" ${MIRROR:+"$MIRROR"}
    echo 'user:x:1000:1000::/home/user:/bin/sh' >>"$root/etc/passwd"
    echo 'user:x:1000:' >>"$root/etc/group"
    install --directory --owner=1000 --group=1000 "$root/home/user"
    # How this machine reaches the package registries is not what is tested.
    local file
    for file in /etc/resolv.conf /etc/hosts /etc/pip.conf /etc/ssl/certs/ca-certificates.crt /etc/apt/apt.conf.d/*proxy*; do
        [[ ! -e $file ]] || install -D --mode=644 "$file" "$root$file"
    done
    [[ ! -e ~/.config/pip/pip.conf ]] || install -D --mode=644 ~/.config/pip/pip.conf "$root/etc/xdg/pip/pip.conf"
}

# as PERSON COMMAND: on the bare machine, with mounts and processes of its own, which end with the command.
as() {
    local id=0 home=/root registries
    [[ $1 == root ]] || { id=1000 home=/home/user; }
    mapfile -t registries < <(env | grep -iE '^(https?_proxy|no_proxy|pip_\w+|ssl_cert_(file|dir)|requests_ca_bundle)=')
    # shellcheck disable=SC2016  # for the inner shell
    unshare --mount --pid --fork --kill-child sh -c '
        mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" && mount -t tmpfs tmpfs "$1/tmp" && exec chroot "$@"
    ' sh "$root" setpriv --reuid="$id" --regid="$id" --clear-groups \
        env -i CI=true HOME="$home" PATH=/usr/sbin:/usr/bin:/sbin:/bin "${registries[@]}" sh -ec "cd; $2"
}

# timed PERSON TARGET TIMES: `make TARGET` so often; nothing is set up again, and so each time takes less than the first.
timed() {
    local person=$1 target=$2 times=$3 run log=$work/log
    for ((run = 1; run <= times; run++)); do
        echo "== $release, $person: make $target, run $run of $times"
        SECONDS=0
        as "$person" "cd bookings; make $target" 2>&1 | tee "$log"
        results+=("$(printf '%-9s %-5s make %-5s run %s  %4d s' "$release" "$person" "$target" "$run" "$SECONDS")")
        if ((run > 1)) && grep -E '^(Fetching|.*pip install)' "$log"; then
            echo "The second run of make $target as $person set something up again." >&2
            return 1
        fi
    done
}

make_machine
git bundle create --quiet "$root/project.bundle" HEAD
chmod 644 "$root/project.bundle"
for person in $people; do
    as "$person" 'git -c advice.detachedHead=false clone --quiet /project.bundle bookings'
    timed "$person" demo 2
    timed "$person" test "$test_runs"
done
echo "== Both commands work on a bare $release:"
printf '%s\n' "${results[@]}"
