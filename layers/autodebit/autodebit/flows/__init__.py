"""What the functions do: each flow joins the contract, the repository and the gateway in the order that keeps the money safe."""
