a; 'b
if x; then ${y
case $( in
