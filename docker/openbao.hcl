# Keeps its data on a volume and starts sealed. TLS ends here where the network between the containers is not yours alone.
ui            = false
disable_mlock = true
storage "file" {
  path = "/openbao/file"
}
listener "tcp" {
  address     = "0.0.0.0:8200"
  tls_disable = true
}
