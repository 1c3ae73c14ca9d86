# shellcheck shell=bash
# Faults for budgets.
statements() { seq -s '' -f '\tx += %g;\n' "$1"; }
branches() { seq -s '' -f '\tif (x == %g)\n\t\tx++;\n' "$1"; }

plant budgets lib/core/app.c 'a file of more than 500 lines' "$(seq -s '' -f 'extern int x%g;\n' 500)"
plant budgets lib/core/app.h 'a file of more than 150 lines' "$(seq -s '' -f 'extern int x%g;\n' 150)"
plant budgets static/src/app/main.ts 'a file of more than 200 lines' "$(seq -s '' -f '// %g\n' 200)"
plant budgets sql/queries/quest.sql 'a file of more than 500 lines' "$(seq -s '' -f '/* %g */\n' 500)"
plant budgets lib/base/str.c 'long_one has 61 lines' "int long_one(int x)\n{\n$(statements 57)\treturn x;\n}"
plant budgets lib/base/str.c 'knotty has a complexity of 13' "int knotty(int x)\n{\n$(branches 12)\treturn x;\n}"
plant budgets lib/base/str.c 'a function of 6 parameters' 'int wide(int a, int b, int c, int d,\n         int e, int f)\n{\n\treturn 0;\n}'
plant budgets lib/base/str.h 'a function of 6 parameters' 'static inline int wide(int a, int (*b)(int, int), int c, int d, int e, int f) { return 0; }'
plant budgets lib/base/str.c 'a mark for later' '/* TO''DO: more */'
plant budgets ops/some 'a mark for later' '# FIX''ME'
plant budgets static/src/app/main.ts 'a mark for later' '// HA''CK'
