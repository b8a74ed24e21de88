// Package process starts the cluster's programs in the background and finds them again.
//
// A program is found by two variables in its environment, not by a file with its number: a file is written too late when
// whoever started the program is killed in between, and numbers of processes come again.
package process

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	runVariable     = "WEIR_KUBERNETES_RUN"
	programVariable = "WEIR_KUBERNETES_PROGRAM"
)

// Spec is a program to start.
type Spec struct {
	Run     string // the run folder
	Program string // its name
	Log     string // the file that takes what it prints
	Argv    []string
	// Netns is the path of a network namespace to start in. The program then also gets mount and process namespaces of
	// its own, whose first process it is: when it dies, the kernel ends everything in them.
	Netns string
}

// Start starts a program that lives on when this one ends.
func Start(s Spec) error {
	log, err := os.OpenFile(s.Log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(s.Argv[0], s.Argv[1:]...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Dir = s.Run
	// Nothing else of the caller's environment: a proxy for HTTP there would lead requests off the machine.
	cmd.Env = []string{
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"HOME=" + s.Run,
		runVariable + "=" + s.Run,
		programVariable + "=" + s.Program,
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if s.Netns == "" {
		err = cmd.Start()
	} else {
		cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWNS | syscall.CLONE_NEWPID
		err = InNetns(s.Netns, cmd.Start)
	}
	if err != nil {
		return fmt.Errorf("starting %s: %w", s.Program, err)
	}
	return cmd.Process.Release()
}

// InNetns calls f on a thread that is in a network namespace; a process that f starts begins there. `ip netns exec`
// would not do for a kubelet: it mounts /sys anew, without the control groups.
func InNetns(path string, f func() error) error {
	result := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with this goroutine, and nobody else meets the namespace
		result <- func() error {
			ns, err := os.Open(path)
			if err != nil {
				return err
			}
			defer ns.Close()
			if err := unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET); err != nil {
				return fmt.Errorf("entering the network namespace %s: %w", path, err)
			}
			return f()
		}()
	}()
	return <-result
}

// Process is one that belongs to a run.
type Process struct {
	PID     int
	Program string
}

// Find lists the living processes of a run, or of one program of it. The programs' own children are among them; what
// runs in pods is not, it ends with its node.
func Find(run, program string) ([]Process, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	var found []Process
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		environ, err := os.ReadFile(filepath.Join("/proc", e.Name(), "environ"))
		if err != nil { // ended meanwhile, or another user's
			continue
		}
		if p, ok := match(environ, run, program); ok {
			found = append(found, Process{pid, p})
		}
	}
	slices.SortFunc(found, func(a, b Process) int { return a.PID - b.PID })
	return found, nil
}

// match reads an environment as /proc shows it; a process that ended but was not waited for has none.
func match(environ []byte, run, program string) (string, bool) {
	ours, name := false, ""
	for v := range bytes.SplitSeq(environ, []byte{0}) {
		key, value, _ := strings.Cut(string(v), "=")
		switch key {
		case runVariable:
			ours = value == run
		case programVariable:
			name = value
		}
	}
	return name, ours && (program == "" || program == name)
}

// Alive says whether a program of a run lives.
func Alive(run, program string) bool {
	found, _ := Find(run, program)
	return len(found) > 0
}

// Kill ends a program of a run, or all of them, as a power cut would, and waits until the kernel has finished.
func Kill(run, program string, limit time.Duration) error {
	for end := time.Now().Add(limit); ; time.Sleep(10 * time.Millisecond) {
		found, err := Find(run, program)
		if err != nil || len(found) == 0 {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("processes %v of %s don't end within %v of SIGKILL: the kernel waits for something, see /proc/PID/stack", found, run, limit)
		}
		for _, p := range found {
			if err := syscall.Kill(p.PID, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
				return err
			}
		}
	}
}

// StartTime is when a process started, in the kernel's ticks; with its number it names one process for ever.
func StartTime(pid int) (uint64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, fmt.Errorf("there is no process %d", pid)
	}
	return parseStartTime(string(b))
}

func parseStartTime(stat string) (uint64, error) {
	// The second field is the program's name in brackets and may hold anything, brackets and spaces too.
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(fields) < 20 {
		return 0, fmt.Errorf("unexpected line in /proc: %q", stat)
	}
	return strconv.ParseUint(fields[19], 10, 64)
}

// Run runs a command to its end; its own words are the error.
func Run(argv ...string) error {
	_, err := Output("", argv...)
	return err
}

// Output is Run with something to read, and gives what the command printed.
func Output(stdin string, argv ...string) (string, error) {
	cmd := exec.Command(argv[0], argv[1:]...)
	var out, bad bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &bad
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("%s: %w: %s", strings.Join(argv, " "), err, strings.TrimSpace(bad.String()))
	}
	return out.String(), nil
}

// Tail is the end of a log, for an error that must explain itself.
func Tail(file string, lines int) string {
	b, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimRight(string(b), "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
