package containers

import (
	"fmt"
	"net/netip"
	"sync"

	"github.com/vishvananda/netlink"
)

// addresses hands out pod addresses one after the other. An address is used again only when the whole network was
// used, as with the usual address managers, so that a late packet never reaches a younger pod.
type addresses struct {
	network netip.Prefix
	link    netlink.Link

	mutex sync.Mutex
	last  netip.Addr
	taken map[netip.Addr]bool
}

func newAddresses(network string) (*addresses, error) {
	prefix, err := netip.ParsePrefix(network)
	if err != nil {
		return nil, fmt.Errorf("the pod network %q is not a network such as 10.244.0.0/16: %w", network, err)
	}
	link, err := netlink.LinkByName("lo")
	if err != nil {
		return nil, fmt.Errorf("pods can't get addresses without the interface lo: %w", err)
	}
	a := &addresses{network: prefix.Masked(), link: link, taken: map[netip.Addr]bool{}}
	a.last = a.router()
	return a, nil
}

// take adds a free address to the loopback interface.
func (a *addresses) take() (string, error) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	candidate := a.after(a.last)
	for range a.taken { // of one candidate more than there are taken ones, one is free
		if a.taken[candidate] {
			candidate = a.after(candidate)
		}
	}
	if a.taken[candidate] {
		return "", fmt.Errorf("every address of the pod network %s is in use", a.network)
	}
	if err := netlink.AddrAdd(a.link, hostAddress(candidate)); err != nil {
		return "", fmt.Errorf("the pod address %s can't be added to lo: %w", candidate, err)
	}
	a.last = candidate
	a.taken[candidate] = true
	return candidate.String(), nil
}

// release takes an address off the interface; one that is not taken is ignored.
func (a *addresses) release(text string) {
	address, err := netip.ParseAddr(text)
	if err != nil {
		return
	}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.taken[address] {
		delete(a.taken, address)
		_ = netlink.AddrDel(a.link, hostAddress(address)) // it fails only if somebody else removed it already
	}
}

// after is the address that follows, without the router's and the broadcast address.
func (a *addresses) after(address netip.Addr) netip.Addr {
	next := address.Next()
	if !a.network.Contains(next.Next()) {
		return a.router().Next()
	}
	return next
}

// router is the first address of the network; on real nodes a router has it.
func (a *addresses) router() netip.Addr { return a.network.Addr().Next() }

func hostAddress(address netip.Addr) *netlink.Addr {
	parsed, err := netlink.ParseAddr(address.String() + "/32")
	if err != nil {
		panic(err) // an address is always a valid /32
	}
	return parsed
}
