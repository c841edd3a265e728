#!/bin/sh
# Turns freshly extracted Debian packages into the root filesystem of a base image.
# Runs on the host as a hook of mmdebstrap.
#   $1             the root filesystem
#   DROP_PACKAGES  shell patterns of packages whose files go away again (dependencies that are never used)
#   DROP_PATHS     further paths to remove, shell patterns below the root
#   ADD            lines "SOURCE DESTINATION" of files and folders to copy in
#   ACCOUNT        "NAME UID HOME" of the account that the image runs as, may be empty; a home below /var is made
#   MANIFEST       file that gets one line "package version" per package that stays
set -eu
cd "$1"

# A scanner finds what is inside by the control files in status.d, as in other images without a package manager.
mkdir -p var/lib/dpkg/status.d
: > "$MANIFEST"
for deb in var/cache/apt/archives/*.deb; do
    name=$(dpkg-deb -f "$deb" Package)
    drop=no
    set -f
    for pattern in $DROP_PACKAGES; do
        # shellcheck disable=SC2254
        case $name in $pattern) drop=yes ;; esac
    done
    set +f
    if [ "$drop" = yes ]; then
        dpkg-deb --fsys-tarfile "$deb" | tar -t | grep -v '/$' | while IFS= read -r file; do rm -f "$file"; done
    else
        dpkg-deb -f "$deb" > "var/lib/dpkg/status.d/$name"
        echo "$name $(dpkg-deb -f "$deb" Version)" >> "$MANIFEST"
    fi
done

# The list of trusted certificates, which the package itself would only make when configured.
if [ -d usr/share/ca-certificates/mozilla ]; then
    mkdir -p etc/ssl/certs
    cat usr/share/ca-certificates/mozilla/*.crt > etc/ssl/certs/ca-certificates.crt
    rm -rf usr/share/ca-certificates usr/sbin/update-ca-certificates etc/ca-certificates
fi

# The licence of each package stays, the rest of its documentation does not.
find usr/share/doc -depth ! -type d ! -name copyright -delete
for path in $DROP_PATHS \
    etc/apt/apt.conf.d/99mmdebstrap etc/apt/sources.list* etc/apt/preferences.d etc/apt/trusted* etc/dpkg etc/init.d etc/cron.d etc/cron.daily etc/logrotate.d etc/pam.d etc/systemd etc/ufw etc/update-motd.d \
    usr/lib/*-linux-gnu/gconv etc/hostname etc/resolv.conf etc/machine-id \
    usr/lib/systemd usr/lib/tmpfiles.d usr/lib/sysusers.d \
    usr/share/bash-completion usr/share/bug usr/share/debconf usr/share/gcc usr/share/gdb usr/share/info usr/share/lintian usr/share/locale \
    usr/share/man usr/share/perl usr/share/perl5 \
    var/cache/* var/lib/apt var/lib/dpkg/alternatives var/lib/dpkg/arch var/lib/dpkg/available var/lib/dpkg/cmethopt \
    var/lib/dpkg/diversions var/lib/dpkg/info var/lib/dpkg/lock* var/lib/dpkg/status var/lib/dpkg/triggers \
    var/lib/dpkg/updates var/log/* usr/sbin/policy-rc.d; do
    rm -rf "$path"
done
# etc/apt keeps one file that mmdebstrap itself removes at the end, and fails without.
find usr etc var -depth -type d -empty ! -path 'var/cache' ! -path 'var/log' ! -path 'var/lib' ! -path 'var/tmp' -delete
mkdir -p etc/ssl/certs var/log var/cache tmp
chmod 1777 tmp

{
    echo "root:x:0:0:root:/root:/sbin/nologin"
    echo "nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin"
} > etc/passwd
{
    echo "root:x:0:"
    echo "nogroup:x:65534:"
} > etc/group
if [ -n "$ACCOUNT" ]; then
    # shellcheck disable=SC2086
    set -- $ACCOUNT
    echo "$1:x:$2:$2:$1:$3:/sbin/nologin" >> etc/passwd
    echo "$1:x:$2:" >> etc/group
    case $3 in /var/*) mkdir -p ".$3" && chown "$2:$2" ".$3" && chmod 0750 ".$3" ;; esac
fi
echo "hosts: files dns" > etc/nsswitch.conf

printf '%s\n' "$ADD" | while read -r source destination; do
    [ -n "$source" ] || continue
    mkdir -p "$(dirname "$destination")"
    cp -R --no-preserve=mode,ownership,timestamps "$source" "$destination"
    # The executable bit is the only mode that says something; the rest would differ with the umask of the machine.
    find "$destination" -type d -exec chmod 0755 {} +
    find "$destination" -type f -exec chmod 0644 {} +
done
if [ -e usr/local/bin/node ]; then chmod 0755 usr/local/bin/node; fi
if [ -e usr/local/lib/node_modules/npm/bin/npm-cli.js ]; then
    chmod 0755 usr/local/lib/node_modules/npm/bin/npm-cli.js usr/local/lib/node_modules/npm/bin/npx-cli.js
    ln -s ../lib/node_modules/npm/bin/npm-cli.js usr/local/bin/npm
    ln -s ../lib/node_modules/npm/bin/npx-cli.js usr/local/bin/npx
    ln -s ../../local/bin/node usr/bin/node 2>/dev/null || true
fi
