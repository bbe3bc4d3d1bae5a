{{/*
Mounts of a validator: its record of what it has signed, its keys, and room for what its init steps make of them.
*/}}
{{- define "ethereum-infrastructure.validatorMounts" -}}
- name: data
  mountPath: /data
- name: genesis
  mountPath: /genesis
  readOnly: true
- name: keystores
  mountPath: /keystores
  readOnly: true
- name: node
  mountPath: /node
{{- end }}
