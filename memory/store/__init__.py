"""The store of everything remembered: values in SQL, vectors in Chroma, behind LangGraph's own store interface."""
