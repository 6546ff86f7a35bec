// Answers, by Argo CD's own code, what Argo CD makes of objects under an argocd-cm.
//
// It reads {"argocd-cm": ConfigMap, "objects": [...]} and writes one answer an object: its health, null if Argo CD has
// none, and each action it offers with the object as the action leaves it.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/health"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/lua"
	"github.com/argoproj/argo-cd/v3/util/settings"
	"github.com/sirupsen/logrus"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/kubernetes/fake"
)

const namespace = "argocd"

type question struct {
	ArgocdCM corev1.ConfigMap            `json:"argocd-cm"`
	Objects  []unstructured.Unstructured `json:"objects"`
}

type answer struct {
	Health  *health.HealthStatus                  `json:"health"`
	Actions map[string]*unstructured.Unstructured `json:"actions"`
}

func main() {
	logrus.SetOutput(io.Discard)
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	var asked question
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		return err
	}
	overrides, err := overrides(&asked.ArgocdCM)
	if err != nil {
		return fmt.Errorf("argocd-cm: %w", err)
	}
	answers := []answer{}
	for i := range asked.Objects {
		one, err := judge(overrides, &asked.Objects[i])
		if err != nil {
			return fmt.Errorf("object %d, a %s: %w", i, asked.Objects[i].GetKind(), err)
		}
		answers = append(answers, one)
	}
	return json.NewEncoder(os.Stdout).Encode(answers)
}

// What Argo CD understands of its ConfigMap.
func overrides(cm *corev1.ConfigMap) (map[string]v1alpha1.ResourceOverride, error) {
	cm.Namespace = namespace
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	return settings.NewSettingsManager(ctx, fake.NewClientset(cm), namespace).GetResourceOverrides()
}

func judge(overrides map[string]v1alpha1.ResourceOverride, object *unstructured.Unstructured) (answer, error) {
	status, err := health.GetResourceHealth(object, lua.ResourceHealthOverrides(overrides))
	if err != nil {
		return answer{}, fmt.Errorf("health: %w", err)
	}
	vm := lua.VM{ResourceOverrides: overrides}
	result := answer{Health: status, Actions: map[string]*unstructured.Unstructured{}}
	discovery, err := vm.GetResourceActionDiscovery(object)
	if err != nil || len(discovery) == 0 {
		return result, err
	}
	offered, err := vm.ExecuteResourceActionDiscovery(object, discovery)
	if err != nil {
		return answer{}, fmt.Errorf("discovery: %w", err)
	}
	for _, action := range offered {
		if action.Disabled {
			continue
		}
		definition, err := vm.GetResourceAction(object, action.Name)
		if err != nil {
			return answer{}, fmt.Errorf("%s: %w", action.Name, err)
		}
		impacted, err := vm.ExecuteResourceAction(object, definition.ActionLua, nil)
		if err != nil {
			return answer{}, fmt.Errorf("%s: %w", action.Name, err)
		}
		if len(impacted) != 1 || impacted[0].K8SOperation != lua.PatchOperation {
			return answer{}, fmt.Errorf("%s does not patch its object alone", action.Name)
		}
		result.Actions[action.Name] = impacted[0].UnstructuredObj
	}
	return result, nil
}
