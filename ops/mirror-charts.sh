#!/bin/sh
# Copies every chart of components/platform/charts.ts into a registry of yours, checked and signed, and prints the
# configuration that names each by digest. Usage: ops/mirror-charts.sh registry.example.com/agent-platform/charts
# Needs: helm 3.17 or newer, cosign, COSIGN_KEY (the private key), node.
set -eu

registry=${1:?registry and path are missing}
: "${COSIGN_KEY:?the private key is missing}"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

node --import tsx -e 'const { charts } = require("./components/platform/charts"); for (const [name, one] of Object.entries(charts)) console.log(name, one.repository, one.chart, one.version, one.sha256 ?? "-")' |
while read -r name repository chart version sha256; do
    helm pull "$chart" --repo "$repository" --version "$version" --destination "$folder" >&2
    archive=$(ls "$folder"/"$chart"-*.tgz)
    found=$(sha256sum "$archive" | cut -d' ' -f1)
    if [ "$sha256" = - ]; then echo "# $name: add sha256: \"$found\" to components/platform/charts.ts" >&2
    elif [ "$sha256" != "$found" ]; then echo "mirror-charts: $chart $version is $found, and $sha256 was expected" >&2; exit 1
    fi
    digest=$(helm push "$archive" "oci://$registry" 2>&1 | sed -n 's/^Digest: //p')
    cosign sign --yes --key "$COSIGN_KEY" --new-bundle-format=false --use-signing-config=false --tlog-upload=false "$registry/$chart@$digest" >&2
    echo "pulumi config set --path 'agent-platform:charts[\"$name\"]' $registry/$chart@$digest"
    rm "$archive"
done
