//! Takes connections of the host's software cameras and gives them to the kernel's virtual host controller, which then has a USB
//! device on it. Source: Linux, Documentation/usb/usbip_protocol.rst and drivers/usb/usbip/vhci_sysfs.c.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::process::Command;

use anyhow::{Context as _, Result};

const CONTROLLER: &str = "/sys/devices/platform/vhci_hcd.0";
/// A port without a device, in the status table.
const FREE: &str = "004";
/// Bus and number that the device would have on a machine of its own; any will do.
const DEVICE: u32 = 0x0001_0002;
/// USB 2.0 high speed.
const SPEED: u32 = 3;

/// Listens for cameras.
pub(crate) fn serve(address: SocketAddr) -> Result<()> {
    let listener = TcpListener::bind(address).with_context(|| format!("listening on {address}"))?;
    for camera in listener.incoming() {
        let plugged = camera.map_err(Into::into).and_then(|camera| plug(&camera));
        if let Err(error) = plugged {
            eprintln!("vm-guest: a camera was not plugged in: {error:#}");
        }
    }
    Ok(())
}

/// The kernel keeps its own hold of the connection; ours closes.
fn plug(camera: &TcpStream) -> Result<()> {
    camera.set_nodelay(true)?;
    let loaded = Command::new("modprobe").arg("vhci_hcd").status()?;
    anyhow::ensure!(loaded.success(), "vhci_hcd can't be loaded");
    let table = std::fs::read_to_string(format!("{CONTROLLER}/status"))?;
    let port = free_port(&table).context("every port is taken")?;
    let order = format!("{port} {} {DEVICE} {SPEED}", camera.as_raw_fd());
    std::fs::write(format!("{CONTROLLER}/attach"), order).context("attaching")?;
    Ok(())
}

/// First high-speed port without a device: lines of `hub port state …`.
fn free_port(table: &str) -> Option<u32> {
    table.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        let (hub, port, state) = (words.next()?, words.next()?, words.next()?);
        (hub == "hs" && state == FREE).then(|| port.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_first_free_port() {
        let table = "hub port sta spd dev      sockfd local_busid\n\
                     hs  0000 006 003 00010002 000003 1-1\n\
                     hs  0001 004 000 00000000 000000 0-0\n\
                     ss  0008 004 000 00000000 000000 0-0\n";
        assert_eq!(super::free_port(table), Some(1));
        assert_eq!(super::free_port("hs 0000 006 x\nss 0008 004 x\n"), None);
        assert_eq!(super::free_port(""), None);
    }
}
