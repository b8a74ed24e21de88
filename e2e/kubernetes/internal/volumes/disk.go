package volumes

import (
	"fmt"
	"os"
	"strings"

	"weir.dev/e2e/kubernetes/internal/process"
)

// make gives a volume its content on the disk. It may be called again after it was interrupted anywhere.
func makeDisk(path string, m medium, size int64) error {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return err
	}
	mounted, err := isMounted(path)
	if err != nil || mounted {
		return err
	}
	switch image := path + ".img"; m {
	case xfs:
		if _, err := os.Stat(image); err != nil {
			// Under another name until it is whole.
			if err := os.WriteFile(image+".new", nil, 0o600); err != nil {
				return err
			}
			if err := os.Truncate(image+".new", size); err != nil {
				return err
			}
			if err := process.Run("mkfs.xfs", "-q", "-f", image+".new"); err != nil {
				return err
			}
			if err := os.Rename(image+".new", image); err != nil {
				return err
			}
		}
		return process.Run("mount", "-o", "loop", image, path)
	case memory:
		return process.Run("mount", "-t", "tmpfs", "-o", fmt.Sprintf("mode=0755,size=%d", size), "tmpfs", path)
	}
	return nil
}

// growDisk makes room in a volume while it is in use. Both halves of a growth, the disk's and the file system's, happen
// here: the nodes see the host's mount.
func growDisk(path string, size int64) error {
	mounted, err := isMounted(path)
	if err != nil || !mounted {
		return err // a plain folder has all the room there is
	}
	image := path + ".img"
	if _, err := os.Stat(image); err != nil {
		return process.Run("mount", "-o", fmt.Sprintf("remount,size=%d", size), path)
	}
	if info, err := os.Stat(image); err != nil || info.Size() < size {
		if err := os.Truncate(image, size); err != nil {
			return err
		}
	}
	device, err := process.Output("", "losetup", "-n", "-O", "NAME", "-j", image)
	if err != nil {
		return err
	}
	if err := process.Run("losetup", "-c", strings.TrimSpace(device)); err != nil {
		return err
	}
	return process.Run("xfs_growfs", path)
}

func removeDisk(path string) error {
	mounted, err := isMounted(path)
	if err != nil {
		return err
	}
	if mounted {
		if err := process.Run("umount", path); err != nil {
			return err
		}
	}
	for _, f := range []string{path, path + ".img", path + ".img.new"} {
		if err := os.RemoveAll(f); err != nil {
			return err
		}
	}
	return nil
}

func isMounted(path string) (bool, error) {
	b, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return false, err
	}
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) > 4 && f[4] == path {
			return true, nil
		}
	}
	return false, nil
}
