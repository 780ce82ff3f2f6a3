"""The pages of a site, each as plain values made from a source; templates only lay them out."""
