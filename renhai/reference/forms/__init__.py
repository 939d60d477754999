"""The documents of the tax system judged in themselves: fields, arithmetic, form relations."""
