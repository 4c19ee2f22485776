# Settings and credentials of a simulated terminal, in the machine, as docs/man/uketsuked.8.md describes them.
install -m 0644 uketsuke.toml /etc/uketsuke/uketsuke.toml
for file in issuers.toml auth-ca.der client.pem terminal.cvc; do
    install -m 0644 clinic/terminal/$file /etc/uketsuke/$file
done
# The simulator's own invention, and no secret of anybody.
install -m 0640 -g uketsuke clinic/terminal/terminal.key /etc/uketsuke/terminal.key
install -m 0644 clinic/central/ca.pem /etc/uketsuke/central-ca.pem
seal() { systemd-creds encrypt --name="$1" - "/etc/credstore.encrypted/$1"; }
systemd-creds setup
seal uketsuke.client-key < clinic/terminal/client.key
printf 'central-password' | seal uketsuke.central-password
tr -dc 0-9a-f < /dev/urandom | head -c 64 | seal uketsuke.ledger-key
printf '4649' | seal uketsuke.staff-passcode
# Simulation is chosen at installation: the worker must say the same as the daemon.
mkdir -p /etc/systemd/system/uketsuke-vision.service.d
{
    echo '[Service]'
    echo 'ExecStart='
    sed -n 's/^ExecStart=.*/& --simulation/p' /usr/lib/systemd/system/uketsuke-vision.service
} > /etc/systemd/system/uketsuke-vision.service.d/simulation.conf
systemctl daemon-reload
