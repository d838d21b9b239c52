"""Our own routes and the WebSocket, beside Streamlit's; no Streamlit in here."""
