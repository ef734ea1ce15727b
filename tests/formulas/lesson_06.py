NOTEBOOK = "06_audit"

TIED = {}
UNTIED = {
    r"f(w + i \varepsilon) = f(w) + i \varepsilon f'(w)": "the beginning of a series, which is true only nearly",
}
