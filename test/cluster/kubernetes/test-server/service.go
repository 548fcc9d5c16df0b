package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"
)

// maxWork bounds how long one request may ask to be worked on.
const maxWork = 2 * time.Minute

// service answers requests and counts the work in flight.
type service struct {
	settings    settings
	connections *connections
	startedAt   time.Time
	draining    atomic.Bool
	pending     atomic.Int64 // operations that have begun and not ended
}

func newService(s settings) *service {
	return &service{settings: s, connections: newConnections(), startedAt: time.Now()}
}

// routes: every path says who answers; /work?for=2s does so when the time has passed, and counts as a pending
// operation until then. /healthz and /readyz are for probes, /metrics says how many operations are pending.
func (s *service) routes() http.Handler {
	routes := http.NewServeMux()
	routes.HandleFunc("/", s.answer)
	routes.HandleFunc("/work", s.work)
	routes.HandleFunc("/healthz", s.healthz)
	routes.HandleFunc("/readyz", s.readyz)
	routes.HandleFunc("/metrics", s.metrics)
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if s.draining.Load() {
			w.Header().Set("Connection", "close")
		}
		w.Header().Set("X-App-Version", s.settings.Version)
		w.Header().Set("X-App-Slot", s.settings.Slot)
		routes.ServeHTTP(w, request)
	})
}

func (s *service) answer(w http.ResponseWriter, request *http.Request) {
	if s.settings.behaviour == slow && !pause(request.Context(), time.Second) {
		return
	}
	status := http.StatusOK
	if s.settings.behaviour == failing {
		status = http.StatusInternalServerError
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(s.settings) // it fails only if the client has gone
}

func (s *service) work(w http.ResponseWriter, request *http.Request) {
	duration, err := time.ParseDuration(request.URL.Query().Get("for"))
	if err != nil || duration < 0 || duration > maxWork {
		http.Error(w, fmt.Sprintf("say how long, up to %s: /work?for=2s", maxWork), http.StatusBadRequest)
		return
	}
	s.pending.Add(1)
	defer s.pending.Add(-1)
	if pause(request.Context(), duration) {
		s.answer(w, request)
	}
}

func (s *service) healthz(w http.ResponseWriter, _ *http.Request) {
	if s.settings.behaviour == unhealthy && time.Since(s.startedAt) > 5*time.Second {
		http.Error(w, "this version isn't healthy", http.StatusInternalServerError)
		return
	}
	fmt.Fprintln(w, "ok")
}

func (s *service) readyz(w http.ResponseWriter, _ *http.Request) {
	switch {
	case s.settings.behaviour == unready || time.Since(s.startedAt) < s.settings.readyDelay:
		http.Error(w, "not ready yet", http.StatusServiceUnavailable)
	case s.draining.Load():
		http.Error(w, "about to end", http.StatusServiceUnavailable)
	default:
		fmt.Fprintln(w, "ok")
	}
}

func (s *service) metrics(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	fmt.Fprintln(w, "# HELP pending_operations Operations that have begun and not ended.")
	fmt.Fprintln(w, "# TYPE pending_operations gauge")
	fmt.Fprintf(w, "pending_operations %d\n", s.pending.Load())
}
