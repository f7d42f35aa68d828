"""A stand-in for Zoom: the server side here, the client side beside it."""
