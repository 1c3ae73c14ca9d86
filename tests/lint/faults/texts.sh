# shellcheck shell=bash disable=SC2016
# Faults for shell, printed, links, locks, changelog and guards.
plant shell ops/some 'SC2086' '#!/bin/bash\nrm $1'
plant shell tests/kit/some.sh 'SC2086' '# shellcheck shell=bash\nrm $1'

change printed docs/openapi.json 'make docs' 's/"quest_list"/"quests_list"/'
change printed docs/openapi.yaml 'make docs' '$d'
change printed static/src/lib/api.gen.ts 'make docs' '1s/$/ /'
change printed docs/reference/routes.md 'make docs' 's/quest_list/quest_lists/'

plant links README.md 'leads nowhere' 'See [the plan](docs/plan.md#top).'
plant links docs/decisions/0001-dependencies.md 'leads nowhere' 'See [this](0099-nothing.md).'
plant links docs/tour.md 'there is no lib/base/heap.h' 'And `lib/base/heap.h`.'
plant links docs/tour.md 'there is no sql/access/x_\*.sql' 'And `sql/access/x_*.sql`.'
plant links docs/tour.md 'there is no heap.c' 'And `heap.c`.'

plant locks static/package-lock.json 'names a registry' '"resolved": "file:x"'
plant locks tests/kit/package-lock.json 'names a registry' '"x": "https://registry.example.org/x.tgz"'
plant locks docs/large.md 'is over 1 MiB' "$(head -c 1100000 /dev/zero | tr '\0' x)"
plant locks static/src/logo.png 'is not text' 'PNG\0\0001\0002'
plant locks ops/some 'a path of one machine' 'cd /wor''k/main'
plant locks lib/core/app.c 'a path of one machine' '\topen("/tm''p/x");'
plant locks tests/http/some.mjs 'a path of one machine' 'open("/tm''p/x");'

change changelog docs/changelog.md 'has no section' 's/^## .*/## 0.0.1/'
change changelog lib/core/app.h 'no APP_VERSION' 's/APP_VERSION/APP_NAME/'

change guards Makefile 'the build takes a handler without a row' 's/-Wmissing-prototypes//' cgi-bin/routes.def
