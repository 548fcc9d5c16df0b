package main

import (
	"context"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// quietTime is how long no connection may be open before a draining server ends.
const quietTime = 300 * time.Millisecond

// drain ends the server. A well-behaved one keeps accepting for a while, since routers learn of its end later than
// it does itself; it asks every client to close (Connection: close), and ends when the last connection has gone.
// If they never go, the kubelet's grace period ends it.
func (s *service) drain(server *http.Server) {
	switch s.settings.behaviour {
	case stubborn:
		log.Print("it was told to end and goes on")
		select {}
	case abrupt:
		log.Print("it was told to end and closes at once")
	default:
		log.Print("it was told to end and drains")
		s.draining.Store(true)
		time.Sleep(s.settings.drainTime)
		s.connections.waitUntilQuiet()
	}
	_ = server.Shutdown(context.Background()) // closes idle connections, waits for requests that are being answered
}

// connections counts the open connections.
type connections struct {
	mutex    sync.Mutex
	open     int
	lastOpen time.Time // when a connection was last seen to be open
}

func newConnections() *connections { return &connections{lastOpen: time.Now()} }

// track is called by the server whenever a connection opens or closes.
func (c *connections) track(_ net.Conn, state http.ConnState) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.lastOpen = time.Now()
	switch state {
	case http.StateNew:
		c.open++
	case http.StateClosed, http.StateHijacked:
		c.open--
	}
}

func (c *connections) waitUntilQuiet() {
	for !c.quiet() {
		time.Sleep(quietTime / 10)
	}
}

func (c *connections) quiet() bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.open == 0 && time.Since(c.lastOpen) >= quietTime
}
