"""REST JSON to specs: what `az batch pool|job|task create --json-file` takes, as a person would have written it.

    SourceFile -> Document -> Fields -> the language's keys -> YAML
     (bytes)      documents    fields     tables, sugar       emit

Which JSON key is which key of the language stands in the tables of `batchspec.spec` and in the SDK's attribute maps;
there is no third list. It stands above the compiler, whose models know what each API version has.
"""
