"""Result files into tables and pages."""
