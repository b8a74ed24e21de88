// Command probe is the whole content of the image that the cluster's own tests run: an image made from scratch has no
// shell, so whatever a test wants done in a pod is a word of this program.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const usage = `usage: probe serve ADDRESS...     answer HTTP on each address, with the name of this pod, until told to end
       probe get URL [SECONDS]     print what the URL answers, or fail
       probe lookup NAME           print the addresses of a DNS name
       probe write FILE BYTES      write that many bytes and flush them
       probe read FILE             print how many bytes the file has
       probe space FOLDER          print the size in bytes of the file system`

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "probe:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("%s", usage)
	}
	switch word := args[0]; {
	case word == "serve":
		return serve(args[1:])
	case word == "get":
		seconds := 5
		if len(args) > 2 {
			seconds, _ = strconv.Atoi(args[2])
		}
		return get(args[1], time.Duration(seconds)*time.Second)
	case word == "lookup":
		addresses, err := net.LookupHost(args[1])
		if err != nil {
			return err
		}
		fmt.Println(strings.Join(addresses, " "))
		return nil
	case word == "write" && len(args) == 3:
		return write(args[1], args[2])
	case word == "read":
		info, err := os.Stat(args[1])
		if err != nil {
			return err
		}
		fmt.Println(info.Size())
		return nil
	case word == "space":
		var fs syscall.Statfs_t
		if err := syscall.Statfs(args[1], &fs); err != nil {
			return err
		}
		fmt.Println(int64(fs.Blocks) * fs.Bsize)
		return nil
	}
	return fmt.Errorf("%s", usage)
}

func serve(addresses []string) error {
	name, _ := os.Hostname()
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, name) })
	failed := make(chan error, len(addresses))
	for _, address := range addresses {
		go func() { failed <- http.ListenAndServe(address, handler) }()
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
	select {
	case err := <-failed:
		return err
	case <-stop:
		return nil
	}
}

func get(url string, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(os.Stdout, answer.Body)
	return err
}

func write(name, bytes string) error {
	n, err := strconv.ParseInt(bytes, 10, 64)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if _, err := io.CopyN(f, zeros{}, n); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return f.Close()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
