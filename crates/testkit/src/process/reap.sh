# Ends what a test process started once that process is gone, in whatever way it went.
#
# Reads lines from a pipe whose other end only the test process holds: `group PID` and `folder PATH` to remember,
# `forget PID`. At the end of input it kills the groups and removes the folders.
groups=' '
folders=
while read -r word value; do
    case $word in
    group) groups="$groups$value " ;;
    forget) groups=$(printf '%s' "$groups" | sed "s/ $value / /") ;;
    folder) folders="$folders$value
" ;;
    esac
done
for group in $groups; do
    kill -KILL "-$group" 2>/dev/null
done
printf '%s' "$folders" | while read -r folder; do
    rm -rf "$folder"
done
