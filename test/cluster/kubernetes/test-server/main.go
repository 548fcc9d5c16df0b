// Command test-server is the program inside the image cutover.test/server: a small web service that says which
// version and slot answered, and that can be told to behave badly (see behaviour.go).
package main

import (
	"context"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	log.SetFlags(0)
	settings := readSettings(os.Getenv)
	log.Printf("%s %s (slot %q) starts as %s", settings.App, settings.Version, settings.Slot, settings.Instance)
	if settings.behaviour == crash {
		log.Print("this version crashes when it starts")
		os.Exit(1)
	}
	terminated, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if !pause(terminated, settings.startDelay) {
		return
	}

	service := newService(settings)
	server := &http.Server{Handler: service.routes(), ConnState: service.connections.track}
	listener, err := net.Listen("tcp", settings.listenAddress)
	if err != nil {
		log.Fatalf("it can't listen on %s: %v", settings.listenAddress, err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()

	select {
	case err := <-ended:
		log.Fatalf("it stopped serving: %v", err)
	case <-terminated.Done():
		service.drain(server)
		log.Print("it ends")
	}
}

// pause waits and says whether it was left in peace.
func pause(ctx context.Context, duration time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(duration):
		return true
	}
}
