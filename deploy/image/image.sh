#!/usr/bin/env bash
# Builds the image of the Dockerfile and runs programs from it without a Docker engine: with Debian's buildah, as root,
# without a daemon. It needs `apt-get install buildah netavark debootstrap`.
#
#   deploy/image/image.sh base                          the base image, by debootstrap, under the name that FROM has
#   deploy/image/image.sh build                         our image, on that base
#   deploy/image/image.sh inspect                       its settings, as JSON
#   deploy/image/image.sh container VOLUME              a container of it, with the folder VOLUME as its /secrets; prints both paths
#   deploy/image/image.sh run CONTAINER VOLUME NAME=VALUE… -- COMMAND…
#                                                       COMMAND, unchanged, on the host's network
#   deploy/image/image.sh rm                            remove the containers
#   deploy/image/image.sh remove                        remove the containers and the images
#
# Images and containers are in $VESTNIK_IMAGES alone (default /var/tmp/vestnik-images): no image of the machine is used or
# changed. The isolation chroot works for root everywhere, also in a container. So does the driver vfs. It copies every
# layer whole and is used only where the kernel refuses overlays (or with STORAGE_DRIVER=vfs).
set -euo pipefail
cd "$(dirname "$0")/../.."
images=${VESTNIK_IMAGES:-/var/tmp/vestnik-images}
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
base=$(sed -n 's/^FROM \([^ ]*\) AS build$/docker.io\/library\/\1/p' Dockerfile)
ours=localhost/vestnik:latest
export BUILDAH_ISOLATION=chroot

driver=${STORAGE_DRIVER:-overlay}
mkdir -p "$images"
buildah=(buildah --storage-driver "$driver" --root "$images/$driver" --runroot "$images/run")
if [ "$driver" = overlay ] && ! "${buildah[@]}" info >/dev/null 2>&1; then
    driver=vfs
    buildah=(buildah --storage-driver vfs --root "$images/vfs" --runroot "$images/run")
fi

buildah() {
    command "${buildah[@]}" "$@"
}

# Debian's own Python under the name of the official image: a registry may not be reachable, a mirror of Debian nearly always is.
make_base() {
    if buildah inspect --type image "$base" >/dev/null 2>&1; then return; fi
    local container folder
    container=$(buildah from scratch)
    folder=$(buildah mount "$container")
    debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm "$folder" "$mirror" >&2
    ln -s python3 "$folder/usr/bin/python"
    rm -rf "$folder"/var/cache/apt/archives/*.deb "$folder"/var/lib/apt/lists/*
    buildah umount "$container" >/dev/null
    buildah commit --quiet --format docker --rm "$container" "$base"
}

# --format docker: the format of OCI has no HEALTHCHECK. The machine's certificate authority is a secret: it is in no layer.
build() {
    local authority=${PIP_CERT:-} secret=()
    if [ -n "$authority" ]; then secret=(--secret "id=ca,src=$authority"); fi
    buildah build --quiet --pull-never --format docker --network host "${secret[@]}" --tag "$ours" .
}

# The user of the image owns its /secrets, as in a volume that an engine makes from the image.
container() {
    local made
    made=$(buildah from --pull-never "$ours")
    mkdir -p "$1"
    chown "$(buildah run "$made" -- id -u):$(buildah run "$made" -- id -g)" "$1"
    echo "$made $(buildah mount "$made")"
}

run() {
    local container=$1 volume=$2 environment=()
    shift 2
    while [ "$1" != -- ]; do
        environment+=(--env "$1")
        shift
    done
    shift
    # exec, so that the caller knows the parent of the program. Send signals to the program itself, which is the first
    # process of the image's user below: buildah passes none on.
    exec "${buildah[@]}" run --network host "${environment[@]}" --volume "$volume:/secrets" "$container" -- "$@"
}

remove() {
    buildah rm --all >/dev/null
    buildah rmi --all --force >/dev/null
    rm -rf "$images"
}

case ${1:-} in
    base) make_base ;;
    build) build ;;
    inspect) buildah inspect --type image "$ours" ;;
    container) container "$2" ;;
    run) shift && run "$@" ;;
    rm) buildah rm --all >/dev/null ;;
    remove) remove ;;
    *) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" && exit 2 ;;
esac
