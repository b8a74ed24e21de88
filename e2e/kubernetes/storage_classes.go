// Package kubernetes carries the files of the test cluster that are not Go.
package kubernetes

import _ "embed"

// StorageClasses are applied to every cluster with nodes.
//
//go:embed storage-classes.yaml
var StorageClasses []byte
