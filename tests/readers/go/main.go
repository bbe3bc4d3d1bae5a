// Reads one YAML document from the standard input with every reader of Go that reads it in a cluster, and prints what
// each of them takes it for, as JSON by the reader's name.
package main

import (
	"encoding/json"
	"io"
	"log"
	"os"

	"gopkg.in/yaml.v3"
	kubernetes "sigs.k8s.io/yaml"
)

func main() {
	content, err := io.ReadAll(os.Stdin)
	if err != nil {
		log.Fatal(err)
	}
	// Helm and kubectl read with sigs.k8s.io/yaml, helmfile and kubeconform with gopkg.in/yaml.v3.
	read := map[string]func([]byte) (any, error){
		"gopkg.in/yaml.v3": func(content []byte) (document any, err error) {
			err = yaml.Unmarshal(content, &document)
			return document, err
		},
		"sigs.k8s.io/yaml": func(content []byte) (document any, err error) {
			err = kubernetes.Unmarshal(content, &document)
			return document, err
		},
	}
	found := map[string]any{}
	for name, reader := range read {
		if found[name], err = reader(content); err != nil {
			log.Fatalf("%s: %v", name, err)
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
		log.Fatal(err)
	}
}
