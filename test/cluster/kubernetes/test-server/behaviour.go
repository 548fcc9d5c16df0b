package main

import (
	"log"
	"net"
	"strings"
	"time"
)

// The behaviours. A version has one if its image tag ends in it (cutover.test/server:v2-crash), or if the variable
// APP_BEHAVIOUR names it.
const (
	healthy   = "healthy"
	crash     = "crash"     // exits with 1 as soon as it starts
	failing   = "failing"   // answers 500 to everything but the probes
	unready   = "unready"   // is never ready
	unhealthy = "unhealthy" // fails its liveness probe 5 s after the start
	slow      = "slow"      // takes 1 s for every answer
	lateStart = "late"      // listens after 5 s
	abrupt    = "abrupt"    // on SIGTERM it stops accepting and closes idle connections at once
	stubborn  = "stubborn"  // on SIGTERM it goes on as if nothing had happened
)

var behaviours = []string{crash, failing, unready, unhealthy, slow, lateStart, abrupt, stubborn}

// settings are what the environment of the container says.
type settings struct {
	App      string `json:"app"`
	Slot     string `json:"slot"`
	Version  string `json:"version"`
	Instance string `json:"instance"`

	behaviour     string
	listenAddress string
	startDelay    time.Duration // before it listens
	readyDelay    time.Duration // after it listens, before /readyz answers 200
	drainTime     time.Duration // the least time that it goes on after SIGTERM
}

// readSettings takes every value from the environment; APP_VERSION and APP_BEHAVIOUR default to what the image's tag
// says.
func readSettings(environment func(string) string) settings {
	tag := environment("IMAGE_TAG")
	s := settings{
		App:           environment("APP_NAME"),
		Slot:          environment("APP_SLOT"),
		Version:       either(environment("APP_VERSION"), tag),
		Instance:      environment("HOSTNAME"),
		behaviour:     either(environment("APP_BEHAVIOUR"), behaviourOf(tag)),
		listenAddress: net.JoinHostPort(environment("HOST"), either(environment("PORT"), "8080")),
		startDelay:    duration(environment, "START_DELAY", 0),
		readyDelay:    duration(environment, "READY_DELAY", 0),
		drainTime:     duration(environment, "DRAIN_TIME", 3*time.Second),
	}
	if s.behaviour == lateStart {
		s.startDelay = 5 * time.Second
	}
	return s
}

func behaviourOf(tag string) string {
	for _, behaviour := range behaviours {
		if strings.HasSuffix(tag, "-"+behaviour) {
			return behaviour
		}
	}
	return healthy
}

func duration(environment func(string) string, name string, otherwise time.Duration) time.Duration {
	text := environment(name)
	if text == "" {
		return otherwise
	}
	value, err := time.ParseDuration(text)
	if err != nil {
		log.Fatalf("the variable %s must be a duration such as 1.5s, not %q", name, text)
	}
	return value
}

func either(first, second string) string {
	if first != "" {
		return first
	}
	return second
}
