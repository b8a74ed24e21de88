//! A file system that forgets: xfs in a file, loop-mounted, whose shutdown drops everything that was not synced and makes
//! every later write fail with EIO. `kill -9` alone keeps the page cache, so a broker that never flushes would pass it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// Room for the load of some hundred rounds, sparse on the disk below.
const IMAGE_BYTES: u64 = 4 << 30;

/// What the load of a volume takes of the disk below. Where that is full, the loop device answers as no disk does.
const ROOM_BYTES_MIN: u64 = 2 << 30;

/// Where it hangs, below its folder.
const MOUNT: &str = "mount";

/// A mounted xfs image; dropping it unmounts it, and removes it unless it is kept.
pub(crate) struct Volume {
    image: PathBuf,
    mount: PathBuf,
    mounted: bool,
    kept: bool,
}

impl Volume {
    /// Makes and mounts a new file system below `folder`.
    pub(crate) fn new(folder: &Path) -> Result<Self> {
        check_room(folder)?;
        let image = folder.join("disk.img");
        fs::File::create(&image)?.set_len(IMAGE_BYTES).context("making the image file")?;
        command("mkfs.xfs", &["-q", "-f", text(&image)?])?;
        let mount = folder.join(MOUNT);
        fs::create_dir(&mount)?;
        let mut volume = Self { image, mount, mounted: false, kept: false };
        volume.mount()?;
        Ok(volume)
    }

    /// Where the file system hangs.
    pub(crate) fn path(&self) -> &Path {
        &self.mount
    }

    /// Makes everything written so far durable.
    pub(crate) fn sync(&self) -> Result<()> {
        command("sync", &["-f", text(&self.mount)?])
    }

    /// The power fails: what was not synced is gone, and every later write fails.
    pub(crate) fn cut_power(&self) -> Result<()> {
        command("xfs_io", &["-x", "-c", "shutdown", text(&self.mount)?])
    }

    /// The image stays when the volume goes: it is evidence.
    pub(crate) fn keep(&mut self) -> &Path {
        self.kept = true;
        &self.image
    }

    /// The power is back: mounts again, which replays the file system's own log.
    pub(crate) fn restore_power(&mut self) -> Result<()> {
        self.unmount()?;
        self.mount()
    }

    fn mount(&mut self) -> Result<()> {
        command("mount", &["-o", "loop", text(&self.image)?, text(&self.mount)?])?;
        self.mounted = true;
        Ok(())
    }

    fn unmount(&mut self) -> Result<()> {
        command("umount", &[text(&self.mount)?])?;
        self.mounted = false;
        Ok(())
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        if self.mounted {
            // Lazily, so that a broker that is still dying can't keep the loop device.
            _ = command("umount", &["-l", self.mount.to_str().unwrap_or_default()]);
        }
        if !self.kept {
            _ = fs::remove_file(&self.image);
        }
    }
}

/// Takes down what a dead run left mounted in its folder.
pub(crate) fn unmount_remains(folder: &Path) {
    if let Some(mount) = folder.join(MOUNT).to_str() {
        // It fails where nothing is mounted.
        _ = command("umount", &["-l", mount]);
    }
}

fn check_room(folder: &Path) -> Result<()> {
    let facts =
        rustix::fs::statvfs(folder).with_context(|| format!("asking how full {} is", folder.display()))?;
    let free = facts.f_bavail * facts.f_frsize;
    if free < ROOM_BYTES_MIN {
        bail!(
            "the file system of {} has {} MiB left, and a volume needs {}: make room, or set TMPDIR",
            folder.display(),
            free >> 20,
            ROOM_BYTES_MIN >> 20
        );
    }
    Ok(())
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().with_context(|| format!("{} is not UTF-8", path.display()))
}

fn command(program: &str, arguments: &[&str]) -> Result<()> {
    let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
    let output = Command::new(program)
        .args(arguments)
        .env("PATH", path)
        .output()
        .with_context(|| format!("starting {program}; is it installed, and are you root?"))?;
    if !output.status.success() {
        bail!("{program} {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
