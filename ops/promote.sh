#!/bin/sh
# Promotes an image that the pipeline has built: verifies its signature and its scan, then writes its digest into the
# repository that Argo CD reads. Usage: ops/promote.sh <registry/image@sha256:…> <file in the GitOps repository>
# Needs: cosign, git, COSIGN_PUBLIC_KEY (path of the public key), GITOPS (path of a clean checkout).
set -eu

image=${1:?image by digest is missing}
file=${2:?file in the GitOps repository is missing}
: "${COSIGN_PUBLIC_KEY:?path of the public key is missing}" "${GITOPS:?path of the GitOps checkout is missing}"

case $image in
    *@sha256:????????????????????????????????????????????????????????????????) ;;
    *) echo "promote: $image is not named by digest; a tag can mean something else tomorrow" >&2; exit 1 ;;
esac
case $file in
    /* | *..*) echo "promote: $file is not inside the repository" >&2; exit 1 ;;
esac
[ -f "$GITOPS/$file" ] || { echo "promote: there is no $file in $GITOPS" >&2; exit 1; }
[ -z "$(git -C "$GITOPS" status --porcelain)" ] || { echo "promote: $GITOPS has changes that are not committed" >&2; exit 1; }

cosign verify --key "$COSIGN_PUBLIC_KEY" "$image" >/dev/null
cosign verify-attestation --key "$COSIGN_PUBLIC_KEY" --type vuln "$image" >/dev/null

name=${image%@*}
grep -q "$name@sha256:" "$GITOPS/$file" || { echo "promote: $file does not use $name by digest" >&2; exit 1; }
escaped=$(printf '%s' "$name" | sed 's/[.[\*^$/]/\\&/g')
sed "s/$escaped@sha256:[0-9a-f]*/$escaped@${image#*@}/g" "$GITOPS/$file" > "$GITOPS/$file.new"
mv "$GITOPS/$file.new" "$GITOPS/$file"
if [ -z "$(git -C "$GITOPS" status --porcelain)" ]; then echo "promote: $file has $image already"; exit 0; fi
git -C "$GITOPS" commit --quiet --message "Promote $name to ${image#*@}" -- "$file"
git -C "$GITOPS" push --quiet
echo "promoted $image"
