//! Record batch v2: view, validation, compression, building.
