// Command kubernetes is a whole Kubernetes in one binary: etcd, the control plane, kube-proxy, and a node whose
// pods are processes. The first argument names the part to run; everything after it is that part's own flags.
//
// The parts must run as processes of their own, because Kubernetes keeps feature gates and metrics in globals.
package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"

	"cutover.test/kubernetes/node"
)

func main() {
	parts := map[string]func() *cobra.Command{
		"kube-apiserver":          apiserver.NewAPIServerCommand,
		"kube-controller-manager": controllers.NewControllerManagerCommand,
		"kube-scheduler":          func() *cobra.Command { return scheduler.NewSchedulerCommand() },
		"kube-proxy":              proxy.NewProxyCommand,
		"node":                    node.NewCommand,
	}
	name, arguments := "", []string{}
	if len(os.Args) > 1 {
		name, arguments = os.Args[1], os.Args[2:]
	}
	if name == "etcd" {
		etcdmain.Main(append([]string{"etcd"}, arguments...))
		return
	}
	newCommand, known := parts[name]
	if !known {
		fmt.Fprintf(os.Stderr, "%q is no part of this binary; the first argument is one of: etcd, %s.\n", name, partNames(parts))
		os.Exit(2)
	}
	command := newCommand()
	command.SetArgs(arguments)
	os.Exit(cli.Run(command))
}

func partNames(parts map[string]func() *cobra.Command) string {
	names := []string{}
	for name := range parts {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
